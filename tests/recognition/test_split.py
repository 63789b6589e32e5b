from __future__ import annotations

from recognition.scoring.split import MANY, split

PHOTOS = {
    f"p{number:03}": count for number, count in enumerate([1] * 90 + [3] * 40 + [MANY] * 20 + [50] * 10)
}


def test_everybody_is_on_one_side_only() -> None:
    found = split(PHOTOS, seed=3)
    sides = [set(found.train), set(found.enrolled), set(found.strangers)]
    assert set().union(*sides) == set(PHOTOS)
    assert sum(map(len, sides)) == len(PHOTOS)
    assert len(found.enrolled) == 15
    assert len(found.strangers) == 60
    assert all(PHOTOS[name] >= MANY for name in found.enrolled)
    assert all(PHOTOS[name] == 1 for name in found.strangers)


def test_the_split_depends_on_the_seed_and_on_nothing_else() -> None:
    backwards = dict(reversed(PHOTOS.items()))
    assert split(PHOTOS, seed=3) == split(backwards, seed=3)
    assert split(PHOTOS, seed=3) != split(PHOTOS, seed=4)
