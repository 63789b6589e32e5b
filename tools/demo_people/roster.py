"""Names and numbers of people who don't exist. Invented; first names that fit anyone, surnames that nobody
bears."""

from __future__ import annotations

from dataclasses import dataclass

DEPARTMENTS = ("Operations", "Research", "Customer Care", "Finance")

STAFF_NAMES = (
    "Robin Ashmerle", "Noor Velmarin", "Kit Tarrowby", "Sasha Brenokova", "Ari Lindqvale",
    "Jules Marchetour", "Remy Okonduro", "Wren Hallowick", "Sage Tanimoro", "Dana Quillbrook",
    "Ikenna Adebarro", "Mika Soderlunde", "Tao Xianberg", "Luca Fontarelle", "Esme Carrowdale",
    "Ravi Sundarell", "Yuki Hanamorita", "Nilo Peregrosa", "Alex Thornquay", "Zuri Kamaboro",
    "Toni Castellmar", "Bela Vargosi", "Quinn Drummarch", "Samal Iskendrov",
)  # fmt: skip
STRANGER_NAMES = (
    "Ellis Wintermoor", "Nadi Rahmanova-Lisk", "Oluwen Bakaride", "Jin Parkhaven",
    "Marlo Esteveren", "Kerstin Vollbeck",
)  # fmt: skip
#: Which of the staff and strangers, by position, get a clip.
STAFF_CLIPS = (0, 4, 9, 14, 19)
STRANGER_CLIPS = (0,)


@dataclass(frozen=True)
class Entry:
    """One invented person."""

    name: str
    slug: str
    employee_number: str | None
    department: str | None
    has_clip: bool


def slug_of(name: str) -> str:
    """`Robin Ashmerle` -> `robin-ashmerle`."""
    return name.lower().replace(" ", "-")


def staff() -> list[Entry]:
    """The enrolled people, spread over the departments."""
    return [
        Entry(name, slug_of(name), f"FR-{1001 + 7 * i}", DEPARTMENTS[i % len(DEPARTMENTS)], i in STAFF_CLIPS)
        for i, name in enumerate(STAFF_NAMES)
    ]


def strangers() -> list[Entry]:
    """People whom no kiosk should know."""
    return [Entry(n, slug_of(n), None, None, i in STRANGER_CLIPS) for i, n in enumerate(STRANGER_NAMES)]
