package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"

	"tenantrollup/internal/customhandler"
	"tenantrollup/internal/refusal"
)

// console is what a command reads its settings from and writes to.
type console struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	secrets        *refusal.Secrets
}

// command is a word that the program accepts.
type command struct {
	name, does string
	run        func(ctx context.Context, args []string, c console) error
}

// commands are all of them, in the order in which help lists them.
func commands() []command {
	return []command{
		{"serve", "serve the Functions host, which starts the handler this way; handler -debug serve also prints progress lines", nil},
		{"check", "check everything that can be checked without asking a customer; -json for programs; exit code 1 if something is wrong", check},
		{"night", "run reports to their end here, without a host; handler night -h lists the flags; exit code 0: published, 2: published, but customers failed, 1: not published", night},
		{"reports", "list the questions that have a short name, and what each answers", func(_ context.Context, _ []string, c console) error { return writeOffers(c.stdout) }},
		{"permissions", "list what customers have to grant for REPORTS, or for the calls given as arguments", func(_ context.Context, args []string, c console) error { return permissions(args, c.getenv, c.stdout) }},
		{"version", "print the release and the commit that it was built from", printVersion},
		{"help", "print this", printHelp},
	}
}

// start runs the command that args name; the default is serve.
func start(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	c := console{getenv, stdout, stderr, new(refusal.Secrets)}
	flags := flag.NewFlagSet("handler", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // its errors are returned
	verbose := flags.Bool("debug", false, "")
	version := flags.Bool("version", false, "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return printHelp(ctx, nil, c)
	case err != nil:
		return fmt.Errorf("%w; handler help lists what there is", err)
	case *version:
		return printVersion(ctx, nil, c)
	}
	word := flags.Arg(0)
	if word == "" || word == "serve" && flags.NArg() == 1 {
		return serve(ctx, *verbose, c)
	}
	logSDK(getenv, customhandler.NewLogger(stderr, stderr, slog.LevelInfo), c.secrets)
	for _, command := range commands() {
		if command.name != word {
			continue
		}
		rest := flags.Args()[1:]
		switch {
		case len(rest) == 1 && slices.Contains([]string{"-h", "-help", "--help"}, rest[0]) && command.name != "check" && command.name != "night": // which have flags of their own
			return printHelp(ctx, nil, c)
		case len(rest) > 0 && (command.name == "serve" || command.name == "reports" || command.name == "version"):
			return fmt.Errorf("handler %s takes nothing more, not %q; handler help lists what there is", word, strings.Join(rest, " "))
		}
		err := command.run(ctx, rest, c)
		if errors.Is(err, flag.ErrHelp) { // its own flags were printed
			return nil
		}
		return err
	}
	return fmt.Errorf("unknown command %q; the commands are %s", strings.Join(flags.Args(), " "), strings.Join(words(), ", "))
}

func words() (names []string) {
	for _, command := range commands() {
		names = append(names, command.name)
	}
	return names
}

// parse reads the flags of a command. -h prints them, as flag.ErrHelp.
func parse(flags *flag.FlagSet, args []string, help io.Writer) error {
	flags.SetOutput(io.Discard) // its errors are returned
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(help)
		flags.Usage()
		return err
	case err != nil:
		return fmt.Errorf("%w; %s -h lists the flags", err, flags.Name())
	case flags.NArg() > 0:
		return fmt.Errorf("%q is not a flag; %s -h lists the flags", flags.Arg(0), flags.Name())
	}
	return nil
}

// printHelp prints the commands, or what the command that args name prints about itself.
func printHelp(ctx context.Context, args []string, c console) error {
	if len(args) > 0 {
		return start(ctx, append(args, "-h"), c.getenv, c.stdout, c.stderr)
	}
	fmt.Fprintln(c.stdout, "Tenant Rollup: one report for all of your Microsoft 365 customers, every night, as one CSV.\n\nUsage: handler [command]")
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for _, command := range commands() {
		fmt.Fprintf(table, "\n  %s\t%s", command.name, command.does)
	}
	fmt.Fprintln(table, "\n\nThe settings are environment variables: see README.md, Settings.")
	return table.Flush()
}

func printVersion(_ context.Context, _ []string, c console) error {
	_, err := fmt.Fprintln(c.stdout, version())
	return err
}
