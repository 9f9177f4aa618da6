// Command offercheck checks job offers and investment pitches for known signs of
// scams and of trafficking: in a terminal, on Telegram, or line by line for other
// programs. This package wires the rooms together; one file is one subcommand.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// streams are where a command reads and writes; tests give their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

type commands struct {
	Check    checkCmd    `cmd:"" help:"Check one text, from a file or standard input."`
	Chat     chatCmd     `cmd:"" help:"The whole bot in this terminal, nothing to set up."`
	Serve    serveCmd    `cmd:"" help:"Serve the bot on Telegram."`
	Eval     evalCmd     `cmd:"" help:"Measure the checker on labelled texts."`
	Train    trainCmd    `cmd:"" help:"Train the statistical model on labelled texts."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database up to this version's schema."`
	Keys     keysCmd     `cmd:"" help:"Carry the keys to another replica, or into a backup, sealed."`
	Locales  localesCmd  `cmd:"" help:"Look after the languages."`
	Feeds    feedsCmd    `cmd:"" help:"Look after the lists of reported addresses and wallets."`
	Known    knownCmd    `cmd:"" help:"Look after the confirmed scam texts that new ones are compared with."`
	Desk     deskCmd     `cmd:"" help:"For the people of a hotline: who reads, and reading in this terminal."`
	Hotlines hotlinesCmd `cmd:"" help:"Public lines, and to whom reports go."`
	Doctor   doctorCmd   `cmd:"" help:"Look whether this installation is fit for what it promises."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// errUsage marks what the caller of the command got wrong: exit status 2.
var errUsage = errors.New("usage")

// run is the whole program: 0 done, 1 failed, 2 bad usage. What went wrong is one
// line on s.err.
func run(ctx context.Context, args []string, s streams) int {
	var cmds commands
	exited := -1
	parser, err := kong.New(&cmds,
		kong.Name("offercheck"),
		kong.Description("Check job offers and investment pitches for known signs of scams and trafficking."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "offercheck:", err)
		return 1
	}
	call, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help was printed
	}
	if err != nil {
		fmt.Fprintf(s.err, "offercheck: %s; see offercheck --help\n", oneLine(err))
		return 2
	}
	switch err := call.Run(); {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(s.err, "offercheck:", oneLine(err))
		return 2
	default:
		fmt.Fprintln(s.err, "offercheck:", oneLine(err))
		return 1
	}
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
