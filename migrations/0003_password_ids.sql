-- Which password an account has: another number with each new password, and the
-- same when only its hash is made anew. Sessions remember the number of the
-- password that they logged in with, and end when the account has another.
ALTER TABLE user ADD COLUMN password_id INTEGER NOT NULL DEFAULT 0;
