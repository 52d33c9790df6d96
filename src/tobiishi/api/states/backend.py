"""What the handlers of Step Functions work with."""

from dataclasses import dataclass

from tobiishi.engine.dispatch import Catalogue
from tobiishi.engine.engine import Engine
from tobiishi.engine.express import Express
from tobiishi.quotas import Quotas
from tobiishi.wire.page_tokens import PageTokens


@dataclass(frozen=True, slots=True)
class Backend:
    """`catalogue` finds the integrations, for a state that is tested; `pages` signs the tokens of lists."""

    engine: Engine
    express: Express
    catalogue: Catalogue
    quotas: Quotas
    pages: PageTokens
