package deploy_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// manifests are the documents that the kustomization names.
func manifests(t *testing.T) []node {
	t.Helper()
	var out []node
	for _, file := range words(at(documents(t, "kustomization.yaml")[0], "resources")) {
		out = append(out, documents(t, file)...)
	}
	return out
}

// matches reports whether labels have all of a selector.
func matches(selector, labels any) bool {
	want, _ := selector.(node)
	have, _ := labels.(node)
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}

func TestKubernetes(t *testing.T) {
	count, budgets := map[string]int{}, 0
	all := manifests(t)
	for _, d := range all {
		kind, name := fmt.Sprint(d["kind"]), fmt.Sprint(at(d, "metadata", "name"))
		switch kind {
		case "Deployment", "StatefulSet":
			replicas := int(at(d, "spec", "replicas").(uint64))
			pod := at(d, "spec", "template", "spec")
			confined(t, name, pod)
			labels := at(d, "spec", "template", "metadata", "labels")
			if !matches(at(d, "spec", "selector", "matchLabels"), labels) {
				t.Errorf("%s does not select its own pods", name)
			}
			if !slices.ContainsFunc(all, func(b node) bool {
				return b["kind"] == "PodDisruptionBudget" && matches(at(b, "spec", "selector", "matchLabels"), labels)
			}) {
				t.Errorf("%s has no disruption budget", name)
			}
			if name == "nats" {
				count["nats"] = replicas
				continue
			}
			for _, target := range runs(t, name, words(at(pod, "containers", 0, "args"))) {
				count[target] = replicas
			}
			mounted(t, name, d)
		case "PodDisruptionBudget":
			budgets++
		}
	}
	counted(t, "kubernetes", count, map[string]int{"nats": 3, "crawler": 2, "analyzer": 2, "notifier": 1, "web": 1})
	if budgets != 4 {
		t.Errorf("%d disruption budgets", budgets)
	}
}

// confined holds a pod to what the namespace asks, and to bounds.
func confined(t *testing.T, name string, pod any) {
	t.Helper()
	if at(pod, "automountServiceAccountToken") != false {
		t.Errorf("%s gets a token of the cluster", name)
	}
	if s := at(pod, "securityContext"); at(s, "runAsNonRoot") != true || at(s, "runAsUser") != uint64(10001) || at(s, "seccompProfile", "type") != "RuntimeDefault" {
		t.Errorf("%s: %v", name, s)
	}
	for _, never := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		if at(pod, never) != nil {
			t.Errorf("%s has %s", name, never)
		}
	}
	for _, c := range list(at(pod, "containers")) {
		pinned(t, name, fmt.Sprint(at(c, "image")))
		s := at(c, "securityContext")
		if at(s, "readOnlyRootFilesystem") != true || at(s, "allowPrivilegeEscalation") != false || at(s, "privileged") != false || !slices.Equal(words(at(s, "capabilities", "drop")), []string{"ALL"}) || at(s, "capabilities", "add") != nil {
			t.Errorf("%s: %v", name, s)
		}
		for _, bound := range []string{"cpu", "memory"} {
			if at(c, "resources", "limits", bound) == nil || at(c, "resources", "requests", bound) == nil {
				t.Errorf("%s is not bounded in %s", name, bound)
			}
		}
		for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
			if at(c, probe) == nil {
				t.Errorf("%s has no %s", name, probe)
			}
			if path := at(c, probe, "httpGet", "path"); path != nil && path != "/readyz" && path != "/healthz" {
				t.Errorf("%s: %s asks for %v", name, probe, path)
			}
			if port := at(c, probe, "httpGet", "port"); port != nil && (port != at(c, "ports", 0, "name") || at(c, "ports", 0, "containerPort") != uint64(8420)) {
				t.Errorf("%s: %s asks port %v", name, probe, port)
			}
		}
	}
}

// mounted checks that a process finds configuration, key, data and room for what
// passes.
func mounted(t *testing.T, name string, d node) {
	t.Helper()
	pod := at(d, "spec", "template", "spec")
	from := map[string]any{}
	for _, v := range list(at(pod, "volumes")) {
		from[fmt.Sprint(at(v, "name"))] = v
	}
	for _, v := range list(at(d, "spec", "volumeClaimTemplates")) {
		from[fmt.Sprint(at(v, "metadata", "name"))] = v
	}
	places := map[string]any{}
	for _, m := range list(at(pod, "containers", 0, "volumeMounts")) {
		v, there := from[fmt.Sprint(at(m, "name"))]
		if !there {
			t.Errorf("%s mounts %v, which is not there", name, at(m, "name"))
		}
		places[fmt.Sprint(at(m, "mountPath"))] = v
	}
	for path, secret := range map[string]string{"/etc/huiying": "huiying-config", "/etc/huiying-key": "huiying-key"} {
		if at(places[path], "secret", "secretName") != secret {
			t.Errorf("%s: %s is %v", name, path, places[path])
		}
	}
	if places[dataFolder] == nil || at(places["/tmp"], "emptyDir", "sizeLimit") == nil {
		t.Errorf("%s has no data folder, or no bounded /tmp: %v", name, places)
	}
	if lasting := at(places[dataFolder], "emptyDir") == nil; lasting != (name == "office") {
		t.Errorf("%s: the data folder is %v", name, places[dataFolder])
	}
}

// Nothing is let in or out but by a rule, and every rule selects pods that there
// are and names a port that they have.
func TestNetworkPolicies(t *testing.T) {
	var pods []any
	closed := false
	for _, d := range manifests(t) {
		if labels := at(d, "spec", "template", "metadata", "labels"); labels != nil {
			pods = append(pods, labels)
		}
	}
	for _, d := range manifests(t) {
		if d["kind"] != "NetworkPolicy" {
			continue
		}
		name, selector := fmt.Sprint(at(d, "metadata", "name")), at(d, "spec", "podSelector", "matchLabels")
		if !slices.ContainsFunc(pods, func(l any) bool { return matches(selector, l) }) {
			t.Errorf("%s is for nobody", name)
		}
		if selector == nil && at(d, "spec", "ingress") == nil && at(d, "spec", "egress") == nil && len(words(at(d, "spec", "policyTypes"))) == 2 {
			closed = true
		}
		for _, way := range []string{"ingress", "egress"} {
			for _, rule := range list(at(d, "spec", way)) {
				for _, p := range list(at(rule, "ports")) {
					port, _ := at(p, "port").(uint64)
					if inside := []uint64{8420, 4222, 6222}; way == "ingress" && !slices.Contains(inside, port) {
						t.Errorf("%s lets in port %d, where nothing listens", name, port)
					}
				}
				if at(rule, "ports") == nil {
					t.Errorf("%s: every port, %s", name, way)
				}
			}
		}
		if name == "crawler" {
			if except := words(at(d, "spec", "egress", 0, "to", 0, "ipBlock", "except")); !slices.Contains(except, "169.254.0.0/16") || !slices.Contains(except, "10.0.0.0/8") {
				t.Errorf("crawlers reach %v", except)
			}
		}
	}
	if !closed {
		t.Error("what no rule names is open")
	}
}

// The kustomization builds with the real tool, and gives everything its place.
func TestKustomize(t *testing.T) {
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not installed: the kustomization is read by our own tests only")
	}
	out, err := exec.Command("kubectl", "kustomize", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	if n := strings.Count(text, "\nkind: "); n < len(manifests(t)) {
		t.Errorf("%d objects of %d", n, len(manifests(t)))
	}
	for _, want := range []string{"secretName: huiying-config-", "secretName: nats-config-", "namespace: huiying"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}
