"""The forms in Teams: following networks, editing meetings, sending announcements.

    coordination = CoordinatorRouter(announcements, meetings, subscriptions, …)
    updates = CardUpdates(connector.single_attempt_client)
    TeamsBot(conversations, knowledge, coordination, updates)
    progress = ProgressCards(announcements, coordination.reports, …, updates)

Read on in this order: router (the handler of each message and action), actor (who acts),
card_actions (what a button carries), acts, act_buttons, follow_forms, meeting_forms (made of
meeting_list, meeting_adding, meeting_changes), content_forms, question_forms, announcement_forms,
report_cards, progress, installations, form_fields, elements. Permissions are checked by the
services each time, whatever a card says.
"""

from .actor import Actor, actor_of
from .card_actions import CardAction, CardReply, read_action
from .progress import ProgressCards, message
from .router import CoordinatorRouter

__all__ = [
    "Actor",
    "CardAction",
    "CardReply",
    "CoordinatorRouter",
    "ProgressCards",
    "actor_of",
    "message",
    "read_action",
]
