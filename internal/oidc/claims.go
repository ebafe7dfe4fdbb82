package oidc

import (
	"fmt"
	"strings"
)

// Text is a claim that is one text, "" where it is none.
func (p Person) Text(claim string) string {
	text, _ := p.at(claim).(string)
	return strings.TrimSpace(text)
}

// Email is the address that the provider has verified, "" where it has not.
func (p Person) Email() string {
	switch verified := p.Claims["email_verified"].(type) {
	case bool:
		if !verified {
			return ""
		}
	case string: // as some write it
		if verified != "true" {
			return ""
		}
	default:
		return ""
	}
	return p.Text("email")
}

// Values are those of a claim, one or many; a dot goes into nested ones
// (realm_access.roles).
func (p Person) Values(claim string) []string {
	switch v := p.at(claim).(type) {
	case nil:
		return nil
	case []any:
		out := make([]string, 0, len(v))
		for _, one := range v {
			out = append(out, fmt.Sprint(one))
		}
		return out
	default:
		return []string{fmt.Sprint(v)}
	}
}

func (p Person) at(claim string) any {
	if v, ok := p.Claims[claim]; ok { // a name may hold dots itself
		return v
	}
	var here any = p.Claims
	for part := range strings.SplitSeq(claim, ".") {
		inner, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		here = inner[part]
	}
	return here
}
