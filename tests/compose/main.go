// Reads a compose file as Docker Compose itself does, and fails on whatever Docker Compose would refuse or warn of:
//
//	go run . docker-compose.yml an.env
//
// It prints what came of it, so that a service that has silently vanished is seen.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// warnings counts what the loader only warns of: a variable that is not set, an obsolete key.
type warnings []string

func (w *warnings) Levels() []logrus.Level { return []logrus.Level{logrus.WarnLevel, logrus.ErrorLevel} }

func (w *warnings) Fire(entry *logrus.Entry) error {
	*w = append(*w, entry.Message)
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: go run . COMPOSE_FILE ENV_FILE")
	}
	var warned warnings
	logrus.AddHook(&warned)
	project, err := load(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	if len(warned) > 0 {
		fail(fmt.Sprintf("%d warnings", len(warned)))
	}
	report(project)
}

// load checks against the specification's schema, resolves variables, anchors, depends_on, networks and volumes. Only the given file's
// variables count, not those of whoever runs this.
func load(file, env string) (*types.Project, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithEnvFiles(env), cli.WithDotEnv, cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

func report(project *types.Project) {
	fmt.Printf("%s: %d services, %d volumes, %d networks\n", project.Name, len(project.Services), len(project.Volumes), len(project.Networks))
	names := project.ServiceNames()
	slices.Sort(names)
	for _, name := range names {
		service := project.Services[name]
		fmt.Printf("  %-22s %-52s waits for %v\n", name, service.Image, service.GetDependencies())
	}
}

func fail(reason any) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
