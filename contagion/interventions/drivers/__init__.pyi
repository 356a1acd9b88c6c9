from .arms_flow import ArmsFlow
from .economic_shock import EconomicShock
from .election_calendar import ElectionCalendar
from .foreign_market import ForeignMarket
from .opium_price import OpiumPrice
from .us_demand import UsDemand

__all__ = [
    "ArmsFlow",
    "EconomicShock",
    "ElectionCalendar",
    "ForeignMarket",
    "OpiumPrice",
    "UsDemand",
]
