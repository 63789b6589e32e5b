from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kiosks", "0007_keys")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="trace",
            field=models.JSONField(default=dict, editable=False),
        ),
    ]
