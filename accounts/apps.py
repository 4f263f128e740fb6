from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.types import User

if TYPE_CHECKING:
    from schools.reorganisations.followers import Follower as UnitFollower
    from schools.year_turn.followers import Follower


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from core import permission_holders, rules, scope
        from core.digests import readers
        from core.notifications import preferences
        from core.permissions import Permission
        from schools.reorganisations import followers as unit_followers
        from schools.year_turn import followers

        from . import receivers, second_factor
        from .digests.selectors import digest_readers, who_refuses_digests
        from .emergency import MOST_HOURS
        from .first_passwords import CODE_MINUTES, FIRST_DAYS
        from .notifications import who_refuses
        from .recovery import LINK_MINUTES
        from .retention import KEPT_DAYS
        from .roles import ROLES
        from .scoping import holders, scope_for
        from .staff.rights import holders_by_assignment
        from .staff.services.assignments import AFTER_YEAR, LONGEST_SUBSTITUTION
        from .tokens import KEPT, LIFE

        followers.followers.register(_class_followers)
        unit_followers.followers.register(_unit_followers)
        rules.declare_theme(
            "accounts", _("Accounts and sign-in"), place=80, keeper=Permission.MANAGE_USERS
        )
        second_factor.declare_rules()
        receivers.connect()
        user_logged_in.connect(_begin_session, dispatch_uid="accounts.sessions")

        scope.scopes.register(scope_for)
        permission_holders.sources.register(holders)
        permission_holders.sources.register(holders_by_assignment)
        preferences.sources.register(who_refuses)
        preferences.sources.register(who_refuses_digests)
        readers.sources.register(digest_readers)
        permission_holders.role_names.update({code: role.name for code, role in ROLES.items()})
        rules.declare(
            LIFE,
            meaning=_("Days for which an access key may be made"),
            unit=_("days"),
            first_value=90,
            most=366,
        )
        rules.declare(
            FIRST_DAYS,
            meaning=_("Days for which the first password on a slip opens an account"),
            unit=_("days"),
            first_value=30,
            most=90,
        )
        rules.declare(
            CODE_MINUTES,
            meaning=_("Minutes for which a one-time code told by phone opens an account"),
            unit=_("minutes"),
            first_value=30,
            most=1440,
        )
        rules.declare(
            LINK_MINUTES,
            meaning=_("Minutes for which a link of an e-mail sets a new password"),
            unit=_("minutes"),
            first_value=60,
            most=1440,
        )
        rules.declare(
            KEPT,
            meaning=_("Days for which access keys are kept after their end"),
            unit=_("days"),
            first_value=180,
        )
        rules.declare(
            KEPT_DAYS,
            meaning=_("Days for which it is kept in which browsers somebody signed in"),
            unit=_("days"),
            first_value=180,
            source=_("Ours: two terms. TCVN 11930:2017, level 3, asks for three months or more."),
        )
        rules.declare(
            AFTER_YEAR,
            meaning=_("Days for which teachers keep their classes after the school year"),
            unit=_("days"),
            first_value=90,
            source=_("Ours: from the end of May until the next year begins."),
            theme="schools",
            least=0,
            most=366,
        )
        rules.declare(
            LONGEST_SUBSTITUTION,
            meaning=_("Days for which a class may be given to a substitute at once"),
            unit=_("days"),
            first_value=30,
            source=_("Ours: longer absences are a change of the homeroom teacher."),
            theme="schools",
            most=366,
        )
        rules.declare(
            MOST_HOURS,
            meaning=_("Hours for which emergency access may be opened"),
            unit=_("hours"),
            first_value=4,
            most=24,
        )


def _begin_session(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    from . import sessions

    sessions.begin(request, user)


def _unit_followers() -> "UnitFollower":
    from .giving import carrying

    return carrying


def _class_followers() -> "Follower":
    from .staff.services import year_turn

    return year_turn
