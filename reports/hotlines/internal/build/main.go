// Command build makes directory.json from the source files of lines and places:
//
//	go run ./internal/build hotlines.yaml places.yaml > directory.json
package main

import (
	"fmt"
	"os"

	"github.com/offercheck/offercheck/reports/hotlines"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: build LINES PLACES")
	}
	lines, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	places, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	out, err := hotlines.Build(lines, places)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out)
	return err
}
