-- The number of the current password. A new password gets a new number; a new hash of
-- the same password keeps it. A session stores the number at its login, and ends when
-- the account has another number.
ALTER TABLE user ADD COLUMN password_id INTEGER NOT NULL DEFAULT 0;
