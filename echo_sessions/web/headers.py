"""What every answer tells the browser: nothing from elsewhere, nothing inline, no framing, no sniffing."""

from flask import Flask, Response, request

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "manifest-src 'self'",
        "frame-src 'self'",
        "report-uri /csp-reports",
        "report-to csp",
    )
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Reporting-Endpoints": 'csp="/csp-reports"',
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
ALWAYS_FRESH = "no-store"


def connect(app: Flask, *, secure: bool) -> None:
    """Set the headers on every answer; pages are kept by nobody, static files for an hour."""

    def guard(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", CSP)
        for name, value in FIXED.items():
            answer.headers.setdefault(name, value)
        if secure:
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.endpoint in {"static", "bootstrap.static"}:
            answer.headers["Cache-Control"] = "public, max-age=3600"
        else:
            answer.headers.setdefault("Cache-Control", ALWAYS_FRESH)
        return answer

    app.after_request(guard)
