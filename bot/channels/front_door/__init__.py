"""What everybody passes who connects, and every request before a route sees it."""

from .connections import Limits
from .listener import FrontDoor
from .protocol import leave_out_software

__all__ = ["FrontDoor", "Limits", "leave_out_software"]
