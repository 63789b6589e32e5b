"""Reading rosters: who is expected to do what, and how much leave is left."""

from faceroster.rosters.balances import Balance, days_taken, leave_balance, leave_balances
from faceroster.rosters.plans import Plan, part_days, plans_of

__all__ = [
    "Balance",
    "Plan",
    "days_taken",
    "leave_balance",
    "leave_balances",
    "part_days",
    "plans_of",
]
