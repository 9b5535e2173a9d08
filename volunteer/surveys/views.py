"""The room's pages, by subject."""

from volunteer.surveys import answer_views, campaign_views, interview_views, result_views
from volunteer.surveys.desk import bp

__all__ = ["answer_views", "bp", "campaign_views", "interview_views", "result_views"]
