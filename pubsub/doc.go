// Package pubsub is a publish-subscribe engine (XEP-0060 1.30) with two faces: personal eventing on every account
// (XEP-0163) and the service on pubsub.DOMAIN. Which one a node belongs to is seen by its owner: an account, or a host. Both
// have collections (XEP-0248), and items in pages and orders (XEP-0059, XEP-0413).
//
// A publication is checked, stored, and told to everyone who is interested: the account's own sessions and those of
// contacts whose capabilities (XEP-0115) name the node with "+notify", and who has subscribed. Other packages publish,
// follow and overlay nodes of accounts through the methods in api.go and the interface Virtual.
//
// # Locks
//
// state.mu serialises the changes of one owner's nodes, across the write to storage and the notifications that tell of
// them, so that everybody gets them in their order; Session.Send and the contacts are asked with it. Service.mu guards
// the table of states and is a leaf, as are interests.mu, visits.mu, bounces.mu, sharers.mu, reviews.mu, chains.mu and
// brought.mu. A Virtual and those who follow a node are called without any lock.
package pubsub
