"""Two pictures side by side, with a real worker."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.django.lab.conftest import compare, fragment, problem
from tests.support import pictures
from tests.support.pictures import DemoPhoto


def _figures(text: str) -> list[float]:
    """Distance, cosine and score as they are printed, each with its limit after it."""
    found = re.findall(r"(?:opposite|round|than two) ?(-?[\d.]+) ?at (?:most|least) ?(-?[\d.]+)", text)
    return [float(value) for pair in found for value in pair]


def test_one_person_and_two(
    recogniser: None, staff_client: Client, demo_photo: DemoPhoto, stranger_photo: DemoPhoto
) -> None:
    same = fragment(compare(staff_client, first=demo_photo(0, 1), second=demo_photo(0, 2)))
    assert same.all("section", "data-same") == ["yes"]
    distance, most, cosine, least, score, needed = _figures(same.text)
    assert distance <= most
    assert cosine == pytest.approx(1 - distance**2 / 2, abs=0.002)
    assert cosine >= least == pytest.approx(1 - most**2 / 2, abs=0.002)
    assert score >= needed
    assert "do not agree" not in same.text

    other = fragment(compare(staff_client, first=demo_photo(0, 1), second=stranger_photo(0, 1)))
    assert other.all("section", "data-same") == ["no"]
    assert "Two different people" in other.text
    assert _figures(other.text)[0] > most
    # Each picture has its own drawing.
    assert other.all("template", "data-overlay-for") == ["first", "second"]
    assert len(other.all("svg", "viewbox")) == 2

    swapped = fragment(compare(staff_client, first=stranger_photo(0, 1), second=demo_photo(0, 1)))
    assert _figures(swapped.text) == pytest.approx(_figures(other.text), abs=0.011)


def test_several_faces_and_none(recogniser: None, staff_client: Client, demo_photo: DemoPhoto) -> None:
    crowd = fragment(compare(staff_client, first=pictures.three_faces(demo_photo), second=demo_photo(1, 2)))
    assert crowd.all("section", "data-same") == ["yes"], "the one in the middle is meant"
    assert "There are 3 faces" in crowd.text
    code, said = problem(compare(staff_client, first=demo_photo(0, 1), second=pictures.no_face()), 400)
    assert code == "face.not_found"
    assert said.startswith("The second picture: ")


@pytest.mark.django_db
def test_a_picture_alone_is_checked_at_once(staff_client: Client, demo_photo: DemoPhoto) -> None:
    # There is no worker in this test.
    assert "add the other picture" in fragment(compare(staff_client, second=demo_photo(0, 1))).text
    code, said = problem(compare(staff_client, second=pictures.text_file()), 400)
    assert code == "image.not_an_image"
    assert said.startswith("The second picture: ")
    assert fragment(compare(staff_client)).text == ""
