// Package upload lets people share files: it gives out slots (XEP-0363) and keeps the files, served over HTTP. A slot is an
// unguessable URL; who knows it may read the file. Files lie in a directory store; their list is in storage.Uploads. A file that was
// sent to a group belongs to it: nobody reads it after the group's end, and it goes with the group.
package upload
