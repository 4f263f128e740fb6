"""API of the phone: what it keeps to take registers without a network."""

from django.middleware.csrf import get_token
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core.api import Endpoint, answers
from core.permissions import ANY_KEY, KeyScope
from core.permissions import Permission as P
from schools.access_trail import names_shown
from schools.enums import NamesKind

from ..enums import RegisterState
from ..registers.api.submissions import MarkSerializer
from ..registers.services.sending import receipt_code
from .selectors import offline_classes


class OfflineLeaveSerializer(serializers.Serializer):
    """Planned leave: the days and the reason's code, nothing of what else was told."""

    first = serializers.DateField(help_text="first day away")
    end = serializers.DateField(help_text="first day no longer away")
    session = serializers.CharField(allow_blank=True, help_text="am, pm; blank: the whole day")
    reason = serializers.CharField()


class RollEntrySerializer(serializers.Serializer):
    """A pupil of the roll: the name, the days when not all are meant, and planned leave."""

    pupil = serializers.IntegerField()
    name = serializers.CharField()
    born = serializers.DateField(
        required=False, help_text="only of pupils whose whole name another of the class bears"
    )
    first = serializers.DateField(allow_null=True, help_text="first day on the roll")
    end = serializers.DateField(allow_null=True, help_text="first day no longer on the roll")
    leaves = OfflineLeaveSerializer(many=True)


class OfflineSheetSerializer(serializers.Serializer):
    """A session that is due or has a register; revision 0: not taken."""

    date = serializers.DateField()
    session = serializers.CharField()
    revision = serializers.IntegerField()
    state = serializers.ChoiceField([("not_taken", ""), *RegisterState.choices])
    marks = MarkSerializer(many=True)
    not_counted = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="pupils on the roll of whom the register says nothing",
    )
    sent_at = serializers.DateTimeField(allow_null=True)
    receipt = serializers.CharField(allow_blank=True)


class OfflineClassSerializer(serializers.Serializer):
    """A class with its roll and its sheets."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    school = serializers.CharField()
    school_code = serializers.CharField(help_text="the ministry's")
    site = serializers.CharField(allow_blank=True)
    roll = RollEntrySerializer(many=True)
    sheets = OfflineSheetSerializer(many=True)


class OfflineListsSerializer(serializers.Serializer):
    """Everything one person's phone keeps."""

    username = serializers.CharField()
    full_name = serializers.CharField(allow_blank=True)
    now = serializers.DateTimeField(help_text="the server's clock")
    today = serializers.DateField(help_text="the school's day, by the server")
    classes = OfflineClassSerializer(many=True)
    is_cut = serializers.BooleanField(help_text="there are more classes than a phone keeps")


class OfflineLists(Endpoint):
    """The caller's own classes with rolls and sheets of the coming days."""

    needs = (P.TAKE_REGISTER,)
    key_scopes = {"GET": frozenset({KeyScope.ROLLS})}

    @extend_schema(
        operation_id="offline_lists",
        summary="What a teacher's phone keeps",
        responses=answers(http_200=OfflineListsSerializer),
    )
    def get(self, request):
        today = timezone.localdate()
        classes, is_cut = offline_classes(request.scope.places(P.TAKE_REGISTER), today)
        for kept in classes:
            names_shown(
                request, NamesKind.DEVICE_LIST, school_class=kept.school_class, count=len(kept.roll)
            )
        return Response(
            {
                "username": request.user.username,
                "full_name": request.user.full_name,
                "now": timezone.now(),
                "today": today,
                "classes": [_class(kept) for kept in classes],
                "is_cut": is_cut,
            }
        )


class SessionSerializer(serializers.Serializer):
    """Who is signed in, what o'clock it is, and the token for writing calls."""

    username = serializers.CharField()
    now = serializers.DateTimeField(help_text="the server's clock")
    csrf_token = serializers.CharField(help_text="for the X-CSRFToken header of a browser")


class SignedIn(Endpoint):
    """Asked by a page that was kept on the device, before it sends what waits there."""

    why = "one's own session"
    key_scopes = {"GET": ANY_KEY}

    @extend_schema(
        operation_id="session",
        summary="Who is signed in, and the server's clock",
        responses=answers(http_200=SessionSerializer),
    )
    def get(self, request):
        return Response(
            {
                "username": request.user.username,
                "now": timezone.now(),
                "csrf_token": get_token(request._request),
            }
        )


def _class(kept):
    school_class, namesakes = kept.school_class, kept.namesakes
    return {
        "id": school_class.pk,
        "name": school_class.name,
        "school": school_class.school.name,
        "school_code": school_class.school.code,
        "site": "" if school_class.site.is_main else school_class.site.name,
        "roll": [
            {
                "pupil": spell.pupil_id,
                "name": spell.pupil.full_name,
                "first": spell.valid_from,
                "end": spell.valid_to,
                "leaves": [_leave(leave) for leave in kept.leaves[spell.pupil_id]],
            }
            # What a device keeps of a child is no more than the sheet needs.
            | ({"born": spell.pupil.birth_date} if spell.pupil_id in namesakes else {})
            for spell in kept.roll
        ],
        "sheets": [_sheet(sheet) for sheet in kept.sheets],
    }


def _leave(leave):
    return {
        "first": leave.valid_from,
        "end": leave.valid_to,
        "session": leave.session,
        "reason": leave.reason,
    }


def _sheet(sheet):
    revision = sheet.revision
    values = {"date": sheet.date, "session": sheet.session}
    if revision is None:
        return values | {
            "revision": 0,
            "state": "not_taken",
            "marks": [],
            "not_counted": [],
            "sent_at": None,
            "receipt": "",
        }
    return values | {
        "revision": revision.number,
        "state": revision.state,
        "marks": [
            {"pupil": int(pupil), "kind": kind, "reason": reason}
            for pupil, (kind, reason) in revision.marks.items()
        ],
        "not_counted": sheet.not_counted,
        "sent_at": revision.sent_at,
        "receipt": receipt_code(revision),
    }
