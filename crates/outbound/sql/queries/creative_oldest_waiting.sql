SELECT MIN(waiting_since) AS moment FROM creatives WHERE waiting_since IS NOT NULL
