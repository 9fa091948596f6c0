package peers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// erlangLibraries is where Debian keeps ejabberd.
const erlangLibraries = "/usr/lib/x86_64-linux-gnu"

// ejabberd prepares Debian's ejabberd. It starts the virtual machine as ejabberdctl does, with the same flags, but
// as one child process and without Erlang distribution, so that nothing else listens and nothing is left behind.
// Accounts and the shared roster are created by a script inside the node.
func ejabberd(_ context.Context, _ Variant, st site) (*exec.Cmd, error) {
	conf, err := render(st, "ejabberd.yml")
	if err != nil {
		return nil, err
	}
	for _, d := range []string{"spool", "logs"} {
		if err := os.Mkdir(filepath.Join(st.Dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("create folders: %w", err)
		}
	}
	pem, err := joined(st.Key, st.Cert)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(st.Dir, "both.pem"), pem, 0o600); err != nil {
		return nil, fmt.Errorf("write certificate: %w", err)
	}
	spool := filepath.Join(st.Dir, "spool")
	cmd := exec.Command("erl", "+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", `"`+spool+`"`,
		"-s", "ejabberd", "-eval", ejabberdScript(st))
	cmd.Dir = spool
	cmd.Env = append(os.Environ(), "ERL_LIBS="+erlangLibraries, "EJABBERD_CONFIG_PATH="+conf, "HOME="+st.Dir,
		"EJABBERD_LOG_PATH="+filepath.Join(st.Dir, "logs", "ejabberd.log"), "ERL_MAX_PORTS=32000",
		"ERL_MAX_ETS_TABLES=1400", "ERL_CRASH_DUMP_BYTES=0", "ERL_CRASH_DUMP="+filepath.Join(st.Dir, "erl_crash.dump"),
		"ERL_INETRC=/etc/ejabberd/inetrc")
	return cmd, nil
}

// readyName is the file that the start-up script writes last.
const readyName = "ready"

// ejabberdScript is Erlang that runs once the server is up: accounts, the shared roster, then the ready file.
func ejabberdScript(st site) string {
	var b strings.Builder
	host := "<<\"" + st.Domain + "\">>"
	fmt.Fprintf(&b, "H = %s, P = <<\"%s\">>, ", host, password)
	fmt.Fprintf(&b, "lists:foreach(fun(I) -> ejabberd_auth:try_register("+
		"<<\"u\", (integer_to_binary(I))/binary>>, H, P) end, lists:seq(0, %d)), ", st.Setup.Accounts-1)
	if st.Setup.SharedRoster {
		b.WriteString("G = <<\"everybody\">>, " +
			"mod_shared_roster:create_group(H, G, [{label, G}, {displayed_groups, [G]}]), " +
			"mod_shared_roster:add_user_to_group(H, {<<\"@all@\">>, H}, G), ")
	}
	fmt.Fprintf(&b, "file:write_file(%q, <<\"ready\">>).", filepath.Join(st.Dir, readyName))
	return b.String()
}

func joined(paths ...string) ([]byte, error) {
	var all []byte
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, fmt.Errorf("read certificate: %w", err)
		}
		all = append(all, b...)
	}
	return all, nil
}
