"""A month of the demo that went the whole way: confirmed, assessed, accepted, published."""

from reports.month_review.drafting import draft_of
from reports.month_review.services import (
    accept_assessment,
    acknowledge_results,
    confirm_month,
    publish_month,
    send_assessment,
    write_assessment,
)


def close_month(province, commune, school, users, month):
    """Confirm, assess and publish a month; the demo's commune has read the results."""
    officer = users["commune_officer"]
    confirm_month(
        school=school,
        month=month,
        note="Các buổi còn thiếu là buổi trường nghỉ vì mưa lũ, chưa ghi vào lịch.",
        by=users["school_head"],
    )
    text, measures = draft_of(commune, month)
    assessment = write_assessment(
        commune=commune, month=month, text=text, measures=measures, seen=0, by=officer
    )
    send_assessment(assessment=assessment, by=officer)
    accept_assessment(assessment=assessment, by=users["district_officer"])
    publication = publish_month(area=province, month=month, by=users["province_officer"])
    acknowledge_results(publication=publication, commune=commune, by=officer)
    return publication
