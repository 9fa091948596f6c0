package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"myna/config"
)

// ownerOf returns the owner of a directory where the process is root and the owner is somebody else.
func ownerOf(dir string) (uid, gid int, other bool) {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return 0, 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}

// becomeOwner makes root the user that the data belongs to, for the rest of the process: files that the database makes
// must be the server's own.
func becomeOwner(cfg *config.Config) error {
	uid, gid, other := ownerOf(cfg.DataDir)
	if !other {
		return nil
	}
	err := syscall.Setgroups([]int{gid})
	if err == nil {
		err = syscall.Setgid(gid)
	}
	if err == nil {
		err = syscall.Setuid(uid)
	}
	if err != nil {
		return fmt.Errorf("become the owner of %s: %w", cfg.DataDir, err)
	}
	return nil
}

// giveToOwner gives all that is in a directory to the directory's owner, where root made it. The owner may be at work in
// it: a root never follows a link that leads out.
func giveToOwner(dir string) error {
	uid, gid, other := ownerOf(dir)
	if !other {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	err = fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, root.Lchown(path, uid, gid))
	})
	return errors.Join(err, root.Close())
}
