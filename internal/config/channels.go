package config

import (
	"fmt"
	"slices"
	"strings"

	"huiying"
	"huiying/notifier/message"
)

// ChannelKinds lists the kinds of channels; internal/app/channels has a row for
// each.
func ChannelKinds() []string {
	return []string{"webhook", "wecom", "wecom-app", "dingtalk", "feishu", "email", "sms", "push", "webpush"}
}

// validateChannels checks what every kind shares; the rooms check the rest.
func (c *Config) validateChannels(d *decoder) {
	for i, ch := range c.Channels {
		at := fmt.Sprintf("channels[%d]", i)
		switch ch.Kind {
		case "webhook", "wecom", "dingtalk", "feishu", "push":
			d.url(at+".url", ch.URL)
		case "email":
			if ch.Host == "" || ch.From == "" {
				d.problem(at, "config.email_needs")
			}
			if ch.AttachMB < -1 || ch.AttachMB > 50 {
				d.problem(at+".attach_mb", "channel.email.files", ch.AttachMB)
			}
			if ch.TLS != "" && !slices.Contains([]string{"implicit", "starttls", "none"}, ch.TLS) {
				d.problem(at+".tls", "config.one_of", ch.TLS, "implicit, starttls, none")
			}
		case "webpush":
			if ch.From == "" && !strings.HasPrefix(c.PublicURL, "https://") {
				d.problem(at, "config.webpush_needs")
			}
			if slices.ContainsFunc(c.Channels[:i], func(o Channel) bool { return o.Kind == ch.Kind }) {
				d.problem(at, "config.webpush_once")
			}
		case "sms", "wecom-app":
		default:
			d.problem(at+".kind", "config.one_of", ch.Kind, strings.Join(ChannelKinds(), ", "))
		}
		if ch.PerMinute < 0 {
			d.problem(at+".per_minute", "config.at_least", ch.PerMinute, 0)
		}
		d.lang(at+".lang", ch.Lang)
	}
}

// validateTemplates refuses a text nobody would ever read, or whose placeholder
// nobody fills.
func (c *Config) validateTemplates(d *decoder) {
	for i, t := range c.Templates {
		at := fmt.Sprintf("templates[%d]", i)
		if t.Kind != "" && !slices.Contains(ChannelKinds(), t.Kind) {
			d.problem(at+".kind", "config.one_of", t.Kind, strings.Join(ChannelKinds(), ", "))
		}
		if t.Level != "" && !t.Level.Alerts() {
			d.problem(at+".level", "config.one_of", string(t.Level), "red, orange, yellow, blue")
		}
		d.lang(at+".lang", t.Lang)
		if strings.TrimSpace(t.Title) == "" {
			d.problem(at, "config.missing", "title")
		}
		d.placeholders(at+".title", t.Title)
		for j, line := range t.Lines {
			d.placeholders(fmt.Sprintf("%s.lines[%d]", at, j), line)
		}
	}
}

func (d *decoder) lang(path, lang string) {
	if lang != "" && lang != "zh" && lang != "en" {
		d.problem(path, "config.one_of", lang, "zh, en")
	}
}

func (d *decoder) placeholders(path, text string) {
	for _, name := range message.Unknown(text) {
		d.problem(path, "channel.placeholder", name, strings.Join(message.Placeholders(), " "))
	}
}

// Levels are the times by level that are named.
func (h HandOn) Levels() map[huiying.Level]Duration {
	out := map[huiying.Level]Duration{}
	for level, t := range map[huiying.Level]Duration{
		huiying.LevelRed: h.Red, huiying.LevelOrange: h.Orange, huiying.LevelYellow: h.Yellow, huiying.LevelBlue: h.Blue,
	} {
		if t > 0 {
			out[level] = t
		}
	}
	return out
}
