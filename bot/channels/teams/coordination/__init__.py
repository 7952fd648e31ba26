"""What coordinators do in Teams, and what a chat follows: words and buttons become cards of forms.

    coordination = CoordinatorRouter(announcements, meetings, subscriptions, …)
    TeamsBot(conversations, knowledge, coordination)
    progress = Progress(announcements, coordination.reports, connector.single_attempt_client)

Read on in this order: router (which handler a word or button has), actor (who it is),
card_actions (what a button carries), follow_forms, meeting_forms, announcement_forms, report_cards,
progress, installations, elements. Rights
are checked by the service each time, never by what a card says.
"""

from .actor import Actor, actor_of
from .card_actions import CardAction, Shown, read
from .progress import Progress, message
from .router import CoordinatorRouter

__all__ = [
    "Actor",
    "CardAction",
    "CoordinatorRouter",
    "Progress",
    "Shown",
    "actor_of",
    "message",
    "read",
]
