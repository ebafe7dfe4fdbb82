package door

import (
	"context"
	"net/http"
	"time"

	"huiying/internal/query"
)

// CookieName is the session cookie. Over https it carries the prefix that
// makes browsers refuse one set by a neighbour host.
func CookieName(secure bool) string { return cookieName("huiying", secure) }

func cookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// Cookie is the session cookie of a token, kept as long as the login lasts; ""
// takes it away.
func Cookie(token string, lasts time.Duration, secure bool) *http.Cookie {
	return cookie(token, secure, own{"huiying", lasts})
}

// browserFor is how long a browser says that it was here before.
const browserFor = 180 * 24 * time.Hour

// BrowserCookie is the cookie by which a browser says that somebody signed in
// with it before.
func BrowserCookie(token string, secure bool) *http.Cookie {
	return cookie(token, secure, own{"huiying-browser", browserFor})
}

// SSOCookie carries a sign-in at the identity provider; "" takes it away.
func SSOCookie(sealed string, secure bool) *http.Cookie {
	return cookie(sealed, secure, own{"huiying-sso", 10 * time.Minute})
}

// own is a cookie of ours.
type own struct {
	name  string
	lasts time.Duration
}

func cookie(token string, secure bool, o own) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName(o.name, secure), Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(o.lasts.Seconds()),
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// Browser is where a request of a browser comes from, with what it says of
// having been here before.
func Browser(r *http.Request, secure bool) query.Visitor {
	v := Visitor(r)
	v.Remember = true
	if c, err := r.Cookie(cookieName("huiying-browser", secure)); err == nil {
		v.Browser = c.Value
	}
	return v
}

// LoginID names the login of the request as lists of logins do, "" when nobody
// is signed in.
func LoginID(ctx context.Context) string {
	if t := Token(ctx); t != "" {
		return query.LoginID(t)
	}
	return ""
}
