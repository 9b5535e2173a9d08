"""区划地图: the figures of what lies below an area, drawn on boundaries that the office uploaded.

`reading.py` opens a stranger's GeoJSON in a bounded process, `rings.py` judges its rings, `thinning.py` thins them
out so that neighbours still meet, `rules.py` finds the area of each shape, `documents.py` draws. Leans on areas and
metrics.
"""
