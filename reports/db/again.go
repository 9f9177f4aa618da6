package db

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// again tells whether a transaction failed only because of another one beside
// it, so that running it once more may succeed. A connection that was lost
// counts too, unless it was lost in the commit: then nobody knows what became
// of it, and the caller must find out.
func again(err error, committing bool) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() {
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
			return true
		}
		switch lite.Code() & 0xff { // the low byte is the family
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return true
		}
		return false
	}
	var broken *net.OpError
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &broken) {
		return !committing
	}
	var post *pq.Error
	if errors.As(err, &post) {
		switch post.Code {
		case "57P01", "57P02", "57P03": // the server goes down or comes up
			return !committing
		case "40001", // serialization_failure
			"40P01", // deadlock_detected
			"55P03", // lock_not_available
			"23505": // unique_violation
			return true
		}
	}
	return false
}
