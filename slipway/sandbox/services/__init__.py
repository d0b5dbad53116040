"""The sandbox's long-lived processes: started, recorded, asked for their health, ended. Knows no cloud."""
