package reports_test

import (
	"testing"

	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) { servertest.Scripts(t) }
