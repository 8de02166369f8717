// Package redisclient owns how this service talks to a Redis it shares with other instances: by
// what address, for how long at most, and what happens when there is no answer. A Redis that is
// gone costs a request nothing: after a few failures in a row everything fails at once, and one
// operation now and then finds out whether it is back.
//
// It never knows what is kept there, and logs neither the address nor the password.
package redisclient
