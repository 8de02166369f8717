package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"gather/config"
)

// cli is the command line. Each command has its own file.
type cli struct {
	Demo   DemoCmd   `cmd:"" help:"Start the service with a sample API: a first look, no network needed."`
	Serve  ServeCmd  `cmd:"" help:"Start the service."`
	Fetch  FetchCmd  `cmd:"" help:"Fetch URLs right here, without a server."`
	Check  CheckCmd  `cmd:"" help:"Judge a configuration file; all faults at once."`
	Config ConfigCmd `cmd:"" help:"Print the configuration in force and where each value comes from."`
	Schema SchemaCmd `cmd:"" help:"Print the JSON Schema of the configuration file."`
	Keys   KeysCmd   `cmd:"" help:"Make API keys."`
	Jobs   JobsCmd   `cmd:"" help:"List, show, cancel or retry jobs of a running service."`
	Health HealthCmd `cmd:"" help:"Ask a running service whether it is ready; exit code 1 if not."`

	Version VersionCmd `cmd:"" help:"Print the version."`
}

// exitError ends the program with a code of its own; what there is to say has
// been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// sources are the parts of the world a configuration is read from.
type sources struct {
	env []string
}

// from are the sources of the configuration that a command runs with.
func (s sources) from(file string, flags map[string]string) config.Sources {
	return config.Sources{File: file, Env: s.env, Flags: flags, OtherEnv: otherEnv(), Judge: judgeSyntax}
}

// load reads the configuration that a command runs with.
func (s sources) load(file string, flags map[string]string) (*config.Config, error) {
	cfg, origins, err := config.Load(s.from(file, flags))
	if err != nil {
		return nil, err
	}
	return cfg, judgePlans(cfg, origins)
}

// run parses the command line and runs one command. It returns the exit code: 0
// when all went well, 1 when it did not, 2 when the command line is wrong.
func run(ctx context.Context, args, env []string, streams Streams) int {
	var commands cli
	code := -1
	parser, err := kong.New(&commands,
		kong.Name("gather"),
		kong.Description("Many HTTP APIs, fetched at once: politely, cached, durably.\n\nBegin with: gather demo"),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(func(c int) { code = c }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams, sources{env: env}),
	)
	if err != nil {
		_, _ = fmt.Fprintln(streams.Err, "gather:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if code >= 0 {
		return code // --help has answered
	}
	if err != nil {
		_, _ = fmt.Fprintf(streams.Err, "gather: %s\nRun gather --help for what there is.\n", err)
		return 2
	}
	var exit exitError
	switch err := parsed.Run(); {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	default:
		_, _ = fmt.Fprintln(streams.Err, "gather:", strings.TrimSpace(err.Error()))
		return 1
	}
}

// VersionCmd prints what this is.
type VersionCmd struct{}

// Run implements the command.
func (VersionCmd) Run(s Streams) error {
	_, err := fmt.Fprintln(s.Out, "gather", version())
	return err
}

// buildVersion is set by the linker where a release is built.
var buildVersion string

// version is the release's, else the module's, else "dev" for a work tree.
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return info.Main.Version
}
