"""Events as the contract shows them."""

from starlette.responses import Response

from stepweave.api.answers.answer import Json, answer
from stepweave.api.events_query import EventsQuery
from stepweave.api.uses.events import EventUses
from stepweave.services.tickets import Issued


def event_page(run_id: str, query: EventsQuery, uses: EventUses) -> Json:
    """The first events after a place; `next` is the place of the last, or the one asked for when there is none."""
    news = uses.news(run_id, query.place)
    shown, count = uses.show(run_id, news.told[: query.limit])
    following = news.told[count - 1].place.id if count else query.after
    rows = [{"id": each.id, "event": each.event, "data": dict(each.data)} for each in shown]
    return {"events": rows, "next": following, "done": news.is_done and count == len(news.told)}


def issued_ticket(run_id: str, issued: Issued) -> Response:
    """201; `url` is what an `EventSource` is made with. Nobody may keep it."""
    url = f"/api/workflows/runs/{run_id}/stream?ticket={issued.text}"
    body = {"ticket": issued.text, "url": url, "expires_at": issued.expires_at}
    return answer(body, status=201, headers={"cache-control": "no-store"})
