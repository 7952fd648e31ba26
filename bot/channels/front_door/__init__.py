"""What everybody passes who connects, whichever route they ask for."""

from .connections import Limits
from .listener import FrontDoor
from .protocol import leave_out_software

__all__ = ["FrontDoor", "Limits", "leave_out_software"]
