package mine

import (
	"net/netip"
	"strings"
)

// named is a mark in what a browser calls itself and what people call it. The
// first that is found counts: most of them also claim to be the later ones.
type named struct{ mark, name string }

// programs are browsers and what else asks; a name with a dot is a key of the
// catalogue.
func programs() []named {
	return []named{
		{"wxwork", "web.device.wecom"}, {"MicroMessenger", "web.device.wechat"}, {"DingTalk", "web.device.dingtalk"}, {"Lark", "web.device.feishu"},
		{"Feishu", "web.device.feishu"}, {"Edg", "Edge"}, {"QQBrowser", "web.device.qq"}, {"360", "web.device.360"}, {"OPR/", "Opera"},
		{"HuaweiBrowser", "web.device.huawei"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS", "Chrome"}, {"Safari/", "Safari"},
		{"huiying", "huiying"}, {"curl/", "curl"}, {"Go-http-client", "web.device.program"}, {"python", "web.device.program"},
	}
}

func systems() []named {
	return []named{
		{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"HarmonyOS", "HarmonyOS"}, {"Android", "Android"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
}

// device says in two words what somebody signed in with.
func device(agent string, words func(key string) string) string {
	var parts []string
	for _, list := range [][]named{programs(), systems()} {
		for _, n := range list {
			if strings.Contains(agent, n.mark) {
				name := n.name
				if strings.Contains(name, ".") {
					name = words(name)
				}
				parts = append(parts, name)
				break
			}
		}
	}
	if len(parts) == 0 {
		return words("web.device.unknown")
	}
	return strings.Join(parts, " · ")
}

// ShortAddress is enough of an address to know it again: the network, not the
// machine.
func ShortAddress(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		text := a.String()
		return text[:strings.LastIndexByte(text, '.')] + ".*"
	}
	prefix, err := a.Prefix(48)
	if err != nil {
		return address
	}
	return prefix.Addr().String() + "*"
}
