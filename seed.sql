-- The three movies of a new catalogue.
INSERT INTO movie
    (name, id, title, original_title, released, runtime_minutes, genres, rating, votes)
VALUES
    ('1', 1, 'The Godfather', NULL, '1972-03-24', 175, 'Crime,Drama', 9.2, 2000000),
    ('2', 2, 'Alien', NULL, '1979-05-25', 117, 'Horror,Sci-Fi', 8.5, 1000000),
    ('3', 3, 'Amélie', 'Le Fabuleux Destin d''Amélie Poulain', '2001-04-25', 122,
     'Comedy,Romance', 8.3, 800000);

UPDATE counters SET movies = movies + 3, next_movie_id = 4;
