"""The sentences the scripts of the phone say, translated on the server."""

import json
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def offline_texts() -> dict[str, str]:
    """Dict name -> sentence; {n}, {time}, {code} and {name} are filled in by the script."""
    return {
        "saved": _("Saved on this device"),
        "sending": _("Sending"),
        "sent": _("Sent {time}"),
        "savedMany": _("Saved on this device: {n} not sent yet"),
        "sendingMany": _("Sending: {n}"),
        "sentMany": _("Sent {time}: {n}"),
        "savedVisits": _("Saved on this device: {v} visits or calls not sent yet"),
        "savedBoth": _("Saved on this device: {n} registers and {v} visits or calls not sent yet"),
        "sentVisits": _("Sent {time}: {v} visits or calls"),
        "sentBoth": _("Sent {time}: {n} registers and {v} visits or calls"),
        "sendingVisits": _("Sending: {v} visits or calls"),
        "sendingBoth": _("Sending: {n} registers and {v} visits or calls"),
        "lookMany": _("Not accepted: {n}, please look"),
        "lookVisits": _("Not accepted: {v} visits or calls, please look"),
        "lookBoth": _("Not accepted: {n} registers and {v} visits or calls, please look"),
        "receipt": _("receipt {code}"),
        "merged": _("Somebody had sent this register meanwhile; your marks were added to theirs."),
        "signedOut": _("Your session has ended. Sign in again and it is sent."),
        "otherPerson": _(
            "Another person is signed in. What waits here is sent when {name} signs in again."
        ),
        "clock": _("The clock of this device is wrong by {n} minutes. The server's day counts."),
        "clockBack": _("The clock of this device was set back. Look at the date before you send."),
        "lost": _(
            "{n} registers or visits that waited here were wiped by the browser before they were"
            " sent. Take or write them again."
        ),
        "unreadable": _(
            "{n} registers or visits wait on this device, but the browser cannot open them. Do not"
            " clear its data; ask for help, or take or write them again."
        ),
        "closed": _(
            "What this device kept was removed, because the account is closed or a device was lost."
        ),
        "closedUnsent": _(
            "This account is closed. What this device kept was removed; {n} registers or visits had"
            " not been sent. Tell your school."
        ),
        "locked": _(
            "{n} registers or visits wait on this device, sealed. It was long without a network:"
            " sign in again while there is one, and they are sent."
        ),
        "notKept": _(
            "This device is full or keeps nothing, and there is no network. Leave this page open"
            " and send again when there is one."
        ),
        "leaveUnsent": _("The marks of this sheet are not sent. Leave it without them?"),
        "noStorage": _("This browser keeps nothing on the device. Send while there is a network."),
        "asked": _("{name} sent at {time}. Choose for each pupil, then send."),
        "notHeld": _("Not held"),
        "P": _("P, excused"),
        "K": _("K, unexcused"),
        "M": _("M, late"),
        "present": _("Present"),
        "undone": _("Undone: {what}"),
        "typed": _("{number}, {name}: P, K or M?"),
        "noSuchNumber": _("There is no number {number}"),
        "spoken": _("present"),
        "spokenP": _("absent, excused"),
        "spokenK": _("absent, unexcused"),
        "spokenM": _("late"),
        "born": _("born {day}"),
        "practised": _("Practised: sent {time} · receipt {code}"),
        "waitingRow": _("Saved, not sent yet"),
        "sentRow": _("Sent"),
        "sendRegister": _("Send register"),
        "sendAgain": _("Send again"),
        "lookRow": _("Please look"),
        "pupils": _("{n} pupils"),
        "leave": _("Excused until {day} (told by the family)"),
        "am": _("Morning"),
        "pm": _("Afternoon"),
        "today": _("Today"),
        "wrongPassword": _("Not signed in: wrong password, or too many tries. Wait and try again."),
        "noNetwork": _("No network. Try again when there is one."),
        "visit": _("Visit at home"),
        "call": _("Call"),
        "children": _("{n} children"),
        "roundAt": _("Kept {time}"),
        "roundKept": _(
            "Kept on this device for 7 days: {n} children. Without a signal it opens here all the"
            " same, and visits are written down under each name."
        ),
        "roundNotKept": _("This browser cannot keep the list. Print it before you go."),
        "needed": _("Write the day, who went, and what was found."),
        "laterDay": _("The day of a visit cannot be after today."),
        "laterNext": _("The next time lies before this one. Choose a later day."),
        "savedAll": _("Saved on this device: {n} things not sent yet"),
        "sendingAll": _("Sending: {n} things"),
        "sentAll": _("Sent {time}: {n} things"),
        "lookAll": _("Not accepted: {n} things, please look"),
        "discardWord": _("DISCARD"),
    }


def frame_texts() -> dict[str, str]:
    """The same for the page without a network alone (`static/js/offline/page.js`)."""
    return {
        "askedHead": _("Somebody else sent other marks"),
        "askedWhole": _("{name} sent at {time}, and both versions cannot be had. Choose one."),
        "yours": _("Yours:"),
        "theirs": _("By {name}:"),
        "mine": _("Keep mine and send"),
        "notCounted": _("Not counted"),
        "heldWith": _(
            "This register is sent, with {n} marked. Tap whom you correct, then send again."
        ),
        "heldWhole": _(
            "This register is sent, with everybody present. Tap whom you correct, then send again."
        ),
        "heldNot": _(
            "It was sent that this session was not held. Sending the sheet takes that back."
        ),
        "waitsHere": _("A sheet of this session waits on this device; it is not sent yet."),
        "noNetworkHere": _("No network. What you send is kept on this device and goes by itself."),
        "practice": _("Practice class"),
        "notTaken": _("Not taken yet"),
        "keptAt": _("Class lists kept {time}"),
        "promised": _("Promised:"),
        "nextOn": _("Next time on {day}"),
        "allVillages": _("All villages"),
    }


def inspection_texts() -> dict[str, str]:
    """The same for who writes down what an inspection finds."""
    return {
        "savedFindings": _("Saved on this device: {n} lines of an inspection not sent yet"),
        "sendingFindings": _("Sending: {n} lines of an inspection"),
        "sentFindings": _("Sent {time}: {n} lines of an inspection"),
        "lookFindings": _("Not accepted: {n} lines of an inspection, please look"),
        "visitKept": _(
            "Kept on this device for 7 days. Without a signal this page opens here all the same,"
            " and what is written is sent once there is one."
        ),
        "inCharge": _("in charge: {name}"),
        "along": _("going along: {names}"),
        "plannedFor": _("planned for {day}"),
        "checklist": _("Checklist"),
        "lines": _("{done} of {n} written"),
        "linesWaiting": _("{done} of {n} written, {waiting} not sent yet"),
        "countIn": _("Pupils counted, {school}"),
        "householdsIn": _("Households, {village}"),
        "householdsLeft": _("{n} households are not kept on this device."),
        "formNumber": _("Form {number}"),
        "bySurvey": _(
            "By the survey: {people} people, {children} children up to 18, {school} of them at"
            " school."
        ),
        "note": _("Note"),
        "whatDiffers": _("What differs"),
        "lineTyped": _("Typed, not saved yet"),
        "lineMine": _("Not accepted. What you wrote is still here."),
        "lineLate": _("Received after the record: it stands below it as a supplement."),
        "lineBy": _("{name}, {time}"),
        "lineRegister": _("On the roll {roll}; the register says {registered} present"),
        "lineNoRegister": _("On the roll {roll}; no register was sent yet"),
        "lineNeeded": _("Choose an answer for this note."),
        "lineNumber": _("Write a number from 0 to 100."),
        "lineDiffers": _("Write what differs from the survey."),
        "linesLeft": _("Not saved: {n}. It says beside each what is missing."),
        "noLines": _("There is nothing to write here on this day."),
        "visitRecorded": _(
            "This visit is recorded. What you save now is added to the record as a supplement."
        ),
    }


def survey_texts() -> dict[str, str]:
    """The same for who enters a survey."""
    return {
        "savedSurvey": _("Saved on this device: {n} people of the survey not sent yet"),
        "sendingSurvey": _("Sending: {n} people of the survey"),
        "sentSurvey": _("Sent {time}: {n} people of the survey"),
        "lookSurvey": _("Not accepted: {n} people of the survey, please look"),
        "villageOf": _("Survey of {village}"),
        "homes": _("{n} households"),
        "people": _("{n} people"),
        "notAsked": _("{n} not asked yet"),
        "notAskedYet": _("not asked yet this year"),
        "ofHousehold": _("Household {number}"),
        "somebodyNew": _("Add a person"),
        "someoneNeeded": _(
            "Write at least the name, the year of birth, the sex, the ethnic group and whether they"
            " live here."
        ),
        "villageKept": _(
            "Kept on this device for 7 days: {n} households. Without a signal they open here all"
            " the same, and people are entered and corrected."
        ),
        "villageNotKept": _(
            "This browser cannot keep the list. Enter it while there is a network."
        ),
    }


def line_texts() -> dict[str, str]:
    """The same for both of them."""
    return {
        "elsewhere": _("Another tab of this device saved here: {words}. Save again to replace it."),
    }


def month_texts() -> dict[str, str]:
    """Dict name -> sentence of the month grid; braces are filled in by the script."""
    return {
        "nothing": _("Nothing to send yet"),
        "toSend": _("{n} to send: {days}"),
        "cells": _("{n} cells changed"),
        "pasted": _("Pasted: {n} cells changed."),
        "tooLarge": _(
            "Not pasted: the block has {rows} rows and {columns} columns, and from this cell there "
            "are {left} rows and {right} columns. Choose the cell of its upper left corner."
        ),
        "unknown": _("Not pasted: {cells} is none of P, K, M, x."),
        "shut": _("Not pasted: these cells are locked or have no school: {cells}."),
        "lockedLeft": _("{n} locked days left out: {days}."),
        "more": _("and {n} more"),
        "offline": _("No network. Nothing was sent; the marks stay on this page. Try again."),
        "signedOut": _(
            "Your session has ended. Sign in again in another tab, then press here once more; "
            "the marks stay on this page."
        ),
    }


def offline_context(
    *,
    takes_registers: bool = True,
    inspects: bool = True,
    surveys: bool = True,
    is_frame: bool = True,
) -> dict[str, Any]:
    """What templates/components/_offline.html needs: `device_texts` and the same as JSON.

    `offline_texts` are there when the device keeps registers; else it keeps rounds of visits only.
    Every page carries the sentences, so that they are those of what its reader does.
    """
    texts = {
        **offline_texts(),
        **(frame_texts() if is_frame else {}),
        **(inspection_texts() if inspects else {}),
        **(survey_texts() if surveys else {}),
        **(line_texts() if inspects or surveys else {}),
    }
    found = {"device_texts": texts, "device_json": _in_single_quotes(texts)}
    return found | ({"offline_texts": texts} if takes_registers else {})


def _in_single_quotes(texts: dict[str, str]) -> SafeString:
    """The texts as JSON for an attribute between single quotes; double ones stay as they are."""
    told = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return SafeString(told.replace("&", "&amp;").replace("'", "&#x27;").replace("<", "&lt;"))
