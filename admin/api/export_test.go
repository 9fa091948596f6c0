package api

// Routes lists the methods and paths of the table.
func Routes() []string {
	var list []string
	for _, r := range routes() {
		list = append(list, r.method+" "+r.path)
	}
	return list
}

// Operations are those of package admin that have a route.
func Operations() map[string]bool {
	m := map[string]bool{}
	for _, r := range routes() {
		m[r.op] = true
	}
	return m
}
