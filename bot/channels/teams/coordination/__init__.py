"""What coordinators do in Teams, and what a chat follows: words and buttons become cards of forms.

    coordination = Coordination(announcements, meetings, subscriptions, coordinators, knowledge, …)
    TeamsBot(conversations, knowledge, coordination)
    progress = Progress(announcements, coordination.reports, connector.sender_once)

Read on in this order: room (which handler a word or button has), asking (who it is), presses (what
a button carries), following, meetings, announcing, reporting, progress, presence, elements. Rights
are checked by the service each time, never by what a card says.
"""

from .asking import Asker, asker_of
from .presses import Press, Shown, read
from .progress import Progress, message
from .room import Coordination

__all__ = ["Asker", "Coordination", "Press", "Progress", "Shown", "asker_of", "message", "read"]
