module hpa-tutor/json-recorder

go 1.24
