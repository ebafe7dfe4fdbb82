package chaos_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one of the service's or of the message server's, started again
// whenever it ends, as systemd does.
type process struct {
	name    string
	command func() *exec.Cmd // made anew for every start
	output  *tail

	mu     sync.Mutex
	cmd    *exec.Cmd
	held   bool // not to be started now
	ending bool
	starts int
	alone  []string // the last line of each time it ended by itself, badly
	killed bool     // by us, since its last start
	done   chan struct{}
}

func (p *process) run(t *testing.T) {
	p.done, p.output = make(chan struct{}), &tail{}
	t.Cleanup(func() { p.kill(); p.stop() })
	go func() {
		defer close(p.done)
		for p.again() {
			p.once()
			time.Sleep(200 * time.Millisecond) // a process under test has its own clock
		}
	}()
}

// again waits until it may start; false when it is to end.
func (p *process) again() bool {
	for {
		p.mu.Lock()
		held, ending := p.held, p.ending
		p.mu.Unlock()
		if ending || !held {
			return !ending
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (p *process) once() {
	cmd := p.command()
	cmd.Stdout, cmd.Stderr = p.output, p.output
	p.mu.Lock()
	if p.ending || p.held {
		p.mu.Unlock()
		return
	}
	err := cmd.Start()
	p.cmd, p.killed = cmd, false
	p.starts++
	p.mu.Unlock()
	if err == nil {
		err = cmd.Wait()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd = nil; err != nil && !p.killed {
		p.alone = append(p.alone, fmt.Sprintf("%v: %s", err, p.output.last()))
	}
}

// signal sends to the process that runs, if one does.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && p.cmd.Process != nil {
		p.killed = p.killed || s == syscall.SIGKILL
		_ = p.cmd.Process.Signal(s) // one that has just ended is what is wanted
	}
}

func (p *process) kill() { p.signal(syscall.SIGKILL) }

// down kills it and keeps it down for d.
func (p *process) down(d time.Duration) {
	p.hold(true)
	p.kill()
	time.Sleep(d) // the fault itself
	p.hold(false)
}

func (p *process) hold(held bool) {
	p.mu.Lock()
	p.held = held
	p.mu.Unlock()
}

// pause stops it for d without its knowing.
func (p *process) pause(d time.Duration) {
	p.signal(syscall.SIGSTOP)
	time.Sleep(d) // the fault itself
	p.signal(syscall.SIGCONT)
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// stop ends it for good, as an operator does, and waits.
func (p *process) stop() {
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	p.signal(syscall.SIGCONT)
	p.signal(syscall.SIGTERM)
	<-p.done
}

// badly are the times it ended by itself with an error.
func (p *process) badly() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.alone...)
}

// tail keeps the last that a process printed, and all that says that it crashed or
// was refused something by the message server, or that it could not write.
type tail struct {
	mu        sync.Mutex
	text      []byte
	bad       []string
	unwritten int // how often it says that it closed a stream to writing
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, sign := range []string{"panic: ", "fatal error: ", "DATA RACE", "Violation"} {
		if s := string(p); strings.Contains(s, sign) {
			t.bad = append(t.bad, s)
		}
	}
	t.unwritten += strings.Count(string(p), "Critical write error")
	t.text = append(t.text, p...)
	if over := len(t.text) - 24<<10; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

// closed is how often a message server closed a stream to writing.
func (t *tail) closed() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unwritten
}

func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for s := bufio.NewScanner(strings.NewReader(string(t.text))); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

func (t *tail) last() string {
	if lines := t.lines(); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return ""
}

func (t *tail) tail(n int) string {
	lines := t.lines()
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (t *tail) alarms() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.bad...)
}

// self is a command that runs this test binary in another part.
func self(env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	return cmd
}
