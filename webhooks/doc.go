// Package webhooks signs, verifies and delivers webhooks.
//
// It owns the three signature schemes gather speaks (Standard Webhooks in both
// directions; GitHub and Stripe inbound), one delivery attempt over a client it
// is given, and the schedule of the attempts that follow a failure. It never
// stores anything, never decides where a delivery may go (the client's
// transport does), and never tells a sender why it was turned away: errors name
// a reason for the log, not for the answer.
package webhooks
