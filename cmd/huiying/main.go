// Names are looked up by Go's own resolver in every build: the one without
// libraries has no other.
//
//go:debug netdns=go

// Command huiying is the one binary: the service, the drill, and the tools for
// saved pages, rules and the record. This package is flags, signals and exit
// codes; nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the office zone decides, whatever the machine has installed

	"github.com/alecthomas/kong"

	"huiying"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
)

// version is set by the build.
var version = "dev"

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// run is main with its outside passed in.
func run(ctx context.Context, args []string, s tool.Streams) int {
	words, err := locale.Load()
	if err != nil {
		fmt.Fprintln(s.Err, err)
		return exitFailed
	}
	s.Words, s.Lang = words, language(args)
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("huiying"),
		kong.Description(words.Text(s.Lang, "cli.description")),
		helpTexts(words, s.Lang),
		kong.Writers(s.Out, s.Err),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.Err, err)
		return exitFailed
	}
	if len(args) == 0 || args[0] == "help" { // what a person tries first
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help or --version
		return exited
	}
	if err != nil {
		fmt.Fprintln(s.Err, misuse(words, s.Lang, err))
		return exitUsage
	}
	return report(s, parsed.Run())
}

// report prints what went wrong and gives the exit code.
func report(s tool.Streams, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, tool.ErrFailed):
		return exitFailed // the tool has said why
	}
	fmt.Fprintln(s.Err, s.Words.Sentence(s.Lang, err))
	if huiying.ErrorCode(err) == huiying.Internal {
		fmt.Fprintln(s.Err, err)
	}
	var usage *tool.UsageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// language is --lang, else HUIYING_LANG, else LANG; Chinese where none says
// English.
func language(args []string) locale.Lang {
	for i, a := range args {
		if a == "--lang" && i+1 < len(args) {
			return locale.ParseLang(args[i+1])
		}
		if len(a) > 7 && a[:7] == "--lang=" {
			return locale.ParseLang(a[7:])
		}
	}
	if tag := os.Getenv("HUIYING_LANG"); tag != "" {
		return locale.ParseLang(tag)
	}
	return locale.ParseLang(os.Getenv("LANG"))
}

// helpTexts gives kong the catalogue's help sentences as ${help_…}.
func helpTexts(words *locale.Catalogue, lang locale.Lang) kong.Vars {
	vars := kong.Vars{"version": version}
	for key := range words.Entries() {
		if name, ok := cutHelp(key); ok {
			vars[name] = words.Text(lang, key)
		}
	}
	return vars
}

func cutHelp(key string) (string, bool) {
	const prefix = "cli.help."
	if len(key) <= len(prefix) || key[:len(prefix)] != prefix {
		return "", false
	}
	return "help_" + key[len(prefix):], true
}
