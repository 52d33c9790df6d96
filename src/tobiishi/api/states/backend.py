"""What the handlers of Step Functions work with."""

from dataclasses import dataclass

from tobiishi.engine.dispatch import Catalogue
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.logs.groups import LogGroups
from tobiishi.quotas import Quotas
from tobiishi.wire.page_tokens import PageTokens


@dataclass(frozen=True, slots=True)
class Backend:
    """`catalogue` finds the integrations, for a state that is tested; `pages` signs the tokens of lists;
    `log_groups` looks for those that machines log to, None takes them for there.
    """

    engine: Engine
    express: Express
    catalogue: Catalogue
    quotas: Quotas
    pages: PageTokens
    log_groups: LogGroups | None = None
