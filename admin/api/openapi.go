package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"myna/admin"
)

// describe is the OpenAPI 3.1 description of the API.
func describe(version string) []byte {
	s := &schemas{named: object{}}
	operations := map[string]admin.Op{}
	for _, o := range admin.Ops() {
		operations[o.Name] = o
	}
	paths := object{}
	for _, r := range routes() {
		item, ok := paths[r.path].(object)
		if !ok {
			item = object{}
			paths[r.path] = item
		}
		item[strings.ToLower(r.method)] = s.operation(&r, operations[r.op])
	}
	s.of(reflect.TypeFor[body]())
	s.named["Problem"] = s.named["body"]
	delete(s.named, "body")
	b, err := json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{"title": "Myna", "version": version,
			"description": "Administration of a chat server: accounts, aliases, groups, rooms, and signing in from a webmail."},
		"servers":  []object{{"url": root}},
		"security": []object{{"key": []string{}}},
		"paths":    paths,
		"components": object{
			"schemas":         s.named,
			"securitySchemes": object{"key": object{"type": "http", "scheme": "bearer", "description": "A key that myna key create has made."}},
			"responses": object{"Problem": object{"description": "What is wrong (RFC 9457)",
				"content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}},
		},
	}, "", "  ")
	if err != nil { // maps of texts and numbers can be written
		return []byte("{}")
	}
	return append(b, '\n')
}

// operation describes a route.
func (s *schemas) operation(r *route, op admin.Op) object {
	request := reflect.TypeOf(op.Request)
	o := object{"summary": r.summary, "operationId": operationID(r), "responses": s.responses(r)}
	var parameters []object
	for _, name := range r.names() {
		parameters = append(parameters, object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, name := range r.params {
		kind := "string"
		if isFlag(name) {
			kind = "boolean"
		}
		parameters = append(parameters, object{"name": name, "in": "query", "schema": object{"type": kind}})
	}
	if r.page != nil {
		parameters = append(parameters, object{"name": "limit", "in": "query",
			"schema": object{"type": "integer", "minimum": 1, "maximum": maxPage, "default": pageSize}},
			object{"name": "cursor", "in": "query", "schema": object{"type": "string"}})
	}
	switch {
	case !r.tagged:
	case r.method == "GET":
		parameters = append(parameters, header("If-None-Match"))
	default:
		parameters = append(parameters, header("If-Match"))
		if r.method == "PUT" {
			parameters = append(parameters, header("If-None-Match"))
		}
	}
	if parameters != nil {
		o["parameters"] = parameters
	}
	if r.body {
		schema := s.fields(request, append(reserved(), r.names()...), false)
		if r.needs != nil {
			schema["required"] = r.needs
		}
		for _, name := range slices.Concat(r.ignore, r.names()) { // so that what was read can be sent back
			schema["properties"].(object)[name] = object{"description": "ignored, or that of the path"}
		}
		o["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": schema}}}
	}
	if r.takes != "" {
		o["requestBody"] = object{"required": true, "content": object{r.takes: object{"schema": object{"type": "string", "format": "binary"}}}}
	}
	return o
}

func header(name string) object {
	return object{"name": name, "in": "header", "schema": object{"type": "string"}}
}

// operationID is "getAccountsAddressSessions".
func operationID(r *route) string {
	id := strings.ToLower(r.method)
	for part := range strings.SplitSeq(r.path, "/") {
		if part = strings.Trim(part, "{}"); part != "" {
			id += strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return id
}

// responses are the answers of a route.
func (s *schemas) responses(r *route) object {
	all := object{"default": object{"$ref": "#/components/responses/Problem"}}
	if r.files != nil {
		content := object{}
		for _, kind := range r.files {
			content[kind] = object{"schema": object{"type": "string", "format": "binary"}}
		}
		all["200"] = object{"description": "The file", "content": content}
		return all
	}
	schema := s.of(reflect.TypeOf(r.result))
	if r.page != nil {
		schema = object{"type": "object", "required": []string{"items"}, "additionalProperties": false,
			"properties": object{"items": object{"type": "array", "items": schema}, "next": object{"type": "string"}}}
	}
	success := object{"description": "Done", "content": object{"application/json": object{"schema": schema}}}
	if r.tagged && r.method != "DELETE" {
		success["headers"] = object{"ETag": object{"schema": object{"type": "string"}}}
	}
	if r.slow {
		success["content"].(object)[lines] = object{"schema": object{"type": "string"}}
	}
	status := 200
	if r.status != 0 {
		status = r.status
	}
	all[strconv.Itoa(status)] = success
	if r.method == "PUT" {
		all["201"] = success
	}
	if r.tagged && r.method == "GET" {
		all["304"] = object{"description": "It is still that version"}
	}
	return all
}
