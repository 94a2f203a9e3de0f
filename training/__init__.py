"""Courses, quizzes, assignments and what each person has proved to know."""
