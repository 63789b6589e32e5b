"""The role alone decides who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from faceroster.trust.models import Role, User
from faceroster.trust.rights import STAFF_RIGHTS


def test_is_staff_follows_the_role_on_every_save(db: None) -> None:
    user = User.objects.create_user("nora", role=Role.STAFF)
    assert user.is_staff
    user.role = Role.MANAGER
    user.save(update_fields=["role"])
    user.refresh_from_db()
    assert not user.is_staff
    user.role = Role.ADMINISTRATOR
    user.save()
    user.refresh_from_db()
    assert user.is_staff
    assert not user.is_superuser


@pytest.mark.parametrize(
    ("role", "right", "answer"),
    [
        (Role.ADMINISTRATOR, "trust.delete_user", True),
        (Role.ADMINISTRATOR, "people.delete_person", True),
        (Role.STAFF, "people.change_person", True),
        (Role.STAFF, "people.delete_person", False),
        (Role.STAFF, "people.change_department", False),
        (Role.STAFF, "trust.view_user", False),
        (Role.STAFF, "trust.add_apitoken", False),
        (Role.STAFF, "enrollment.change_enrollmentphoto", True),
        (Role.STAFF, "kiosks.change_kiosk", True),
        (Role.STAFF, "kiosks.delete_kiosk", False),
        (Role.MANAGER, "people.view_person", False),
        (Role.MANAGER, "enrollment.view_enrollmentphoto", False),
    ],
)
def test_rights_of_roles(db: None, role: Role, right: str, answer: bool) -> None:
    user = User.objects.create_user("nora", role=role)
    assert user.has_perm(right) is answer


def test_stored_permissions_give_nothing(db: None) -> None:
    user = User.objects.create_user("nora", role=Role.MANAGER)
    user.user_permissions.add(Permission.objects.get(codename="view_person"))
    assert not User.objects.get(pk=user.pk).has_perm("people.view_person")
    assert user.get_all_permissions() == set()


def test_every_right_names_a_permission_that_exists(db: None) -> None:
    known = {
        f"{app}.{code}" for app, code in Permission.objects.values_list("content_type__app_label", "codename")
    }
    assert known >= STAFF_RIGHTS


def test_someone_locked_out_may_do_nothing(staff_user: User) -> None:
    staff_user.is_active = False
    assert not staff_user.has_perm("people.view_person")
    assert not staff_user.has_module_perms("people")


def test_a_manager_signs_in_at_the_common_page_and_stays_out_of_the_admin(manager_user: User) -> None:
    client = Client()
    answer = client.post("/accounts/login/", {"username": "mona", "password": "a long enough password"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/reports/today/").status_code == 200
    assert client.get("/admin/").status_code == 302
    answer = client.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert client.get("/reports/").status_code == 302


def test_a_wrong_password_is_said_in_words(manager_user: User) -> None:
    answer = Client().post("/accounts/login/", {"username": "mona", "password": "wrong"})
    assert answer.status_code == 200
    assert "correct username and password" in answer.content.decode()
