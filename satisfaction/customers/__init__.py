"""The customer register: who could be asked, and who must not be."""
