"""Cards and decisions as plain text for a terminal. Knows the public JSON forms, nothing else."""

import textwrap
from typing import Any

_WIDTH = 100


def cards_text(name: str, answer: dict[str, Any]) -> str:
    """The cards of a response as a person reads them."""
    cards = answer["cards"]
    head = f"{name}: {len(cards)} card{'s' if len(cards) != 1 else ''}"
    return "\n\n".join([head, *(_card(c) for c in cards)]) + "\n"


def _card(card: dict[str, Any]) -> str:
    lines = [f"[{card['indicator']}] {card['summary']}", f"Source: {card['source']['label']}", ""]
    lines += [_plain(line) for line in card["detail"].splitlines()]
    for suggestion in card.get("suggestions", []):
        lines += ["", f"  ( {suggestion['label']} )"]
        lines += [f"    - {a['description']}" for a in suggestion["actions"]]
    lines += ["", "Override: " + " | ".join(o["display"] for o in card.get("overrideReasons", []))]
    return "\n".join(lines)


def _plain(line: str) -> str:
    """Markdown without its escapes and marks; long lines wrapped."""
    text = line.replace("**", "")
    for mark in "\\`*_[]()#|~!@{}":
        text = text.replace(f"\\{mark}", mark)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace(":\\/\\/", "://")
    return text if text.startswith("|") else textwrap.fill(text, _WIDTH)


def decision_text(name: str, decision: dict[str, Any]) -> str:
    """A decision document as a person reads it."""
    out = [f"{name}: knowledge {decision['knowledge']}, {len(decision['sessions'])} session(s)"]
    for session in decision["sessions"]:
        out += ["", *_session(session)]
    out += [f"Not read: {u['resource']}: {u['text']}" for u in decision["unread"]]
    return "\n".join(out) + "\n"


def _session(session: dict[str, Any]) -> list[str]:
    site = session["siteOfService"]
    where = f"{session['encounter'] or 'encounter not recorded'}, {session['date'] or 'date not recorded'}"
    out = [f"Session {where}, {session['timing']}, place of service {site['pos'] or 'unknown'} ({site['basis']})"]
    out += [f"  payer: {p['payer']}, line of business {p['lineOfBusiness']} ({p['basis']})" for p in session["payers"]]
    for fact in session["treated"]:
        parts = [fact["side"] or "side?", fact["vessel"] or f"{fact['territory']}, segment?", fact["treatment"] or "?"]
        out.append(f"  treated: {' '.join(parts)}, lesion {fact['lesion'] or 'not recorded'}")
        out += [f"    {e['resource']} {e['path']}: \u201c{e['quote']}\u201d" for e in fact["evidence"]]
    for line in session["lines"]:
        other = f" (or {', '.join(line['alternatives'])})" if line.get("alternatives") else ""
        code = "-".join([line["code"], *line["modifiers"]])
        out.append(f"  line: {code} x{line['units']} {', '.join(line['vessels'])} {line['status']}{other}")
    answer = session["answer37257"]
    out.append(f"  37257: {answer['verdict']}" + (f", {answer['units']} unit(s)" if answer["units"] else ""))
    out += [f"    {w['rule']}: {w['text']}" for w in answer["why"]]
    out += [f"  draft: {f['code']} ({f['rule']}): {f['text']}" for f in session["draft"]["findings"]]
    for question in session["questions"]:
        where = " ".join(str(question[k]) for k in ("side", "vessel") if question[k]) or "the session"
        out.append(f"  question: {question['code']}, {where} ({question['reason']})")
    return out + [f"  note: {n['text']} ({n['rule']})" for n in session["notes"]]
